-- Text ids are UUIDv7 and compare by bytes; times are microseconds since the
-- Unix epoch; truth values are 0 and 1; JSON is kept as text.

CREATE TABLE users (
    id            TEXT COLLATE "C" PRIMARY KEY,
    name          TEXT COLLATE "C" NOT NULL UNIQUE,
    role          TEXT NOT NULL,
    email         TEXT,
    password_hash TEXT,
    created_at    BIGINT NOT NULL,
    disabled_at   BIGINT
);

CREATE TABLE sessions (
    id            TEXT COLLATE "C" PRIMARY KEY,
    user_id       TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    secret_sha256 TEXT NOT NULL UNIQUE,
    user_agent    TEXT,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    revoked_at    BIGINT
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE tokens (
    id            TEXT COLLATE "C" PRIMARY KEY,
    user_id       TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    secret_sha256 TEXT NOT NULL,
    label         TEXT NOT NULL,
    scopes        TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT,
    revoked_at    BIGINT,
    last_used_at  BIGINT
);
CREATE INDEX tokens_user ON tokens (user_id);

CREATE TABLE plugins (
    name           TEXT COLLATE "C" PRIMARY KEY,
    folded_name    TEXT COLLATE "C" NOT NULL UNIQUE,
    owner_id       TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    latest_version TEXT COLLATE "C",
    downloads      BIGINT NOT NULL DEFAULT 0,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL
);

CREATE TABLE submissions (
    id            TEXT COLLATE "C" PRIMARY KEY,
    plugin        TEXT COLLATE "C" NOT NULL REFERENCES plugins (name),
    version       TEXT COLLATE "C" NOT NULL,
    submitted_by  TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    upload_sha256 TEXT NOT NULL,
    upload_size   BIGINT NOT NULL,
    object_key    TEXT NOT NULL UNIQUE,
    client        TEXT,
    created_at    BIGINT NOT NULL,
    superseded_by TEXT COLLATE "C"
);
-- One submission of a version stands; all others are superseded.
CREATE UNIQUE INDEX submissions_standing ON submissions (plugin, version) WHERE superseded_by IS NULL;

CREATE TABLE validations (
    id            TEXT COLLATE "C" PRIMARY KEY,
    submission_id TEXT COLLATE "C" NOT NULL REFERENCES submissions (id),
    plugin        TEXT COLLATE "C" NOT NULL,
    version       TEXT COLLATE "C" NOT NULL,
    owner_id      TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    state         TEXT NOT NULL,
    verdict       TEXT,
    reasons       TEXT NOT NULL DEFAULT '[]',
    critical      BIGINT NOT NULL DEFAULT 0,
    high          BIGINT NOT NULL DEFAULT 0,
    medium        BIGINT NOT NULL DEFAULT 0,
    low           BIGINT NOT NULL DEFAULT 0,
    note          BIGINT NOT NULL DEFAULT 0,
    error         TEXT,
    superseded_by TEXT COLLATE "C",
    last_seq      BIGINT NOT NULL DEFAULT 0,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    finished_at   BIGINT
);
CREATE INDEX validations_owner ON validations (owner_id, id);
CREATE INDEX validations_submission ON validations (submission_id);
CREATE INDEX validations_state ON validations (state, id);

-- What the stages found, whole; the findings have rows of their own.
CREATE TABLE reports (
    validation_id  TEXT COLLATE "C" PRIMARY KEY REFERENCES validations (id),
    inspection     TEXT NOT NULL,
    run            TEXT,
    tests_not_run  TEXT,
    tests_decision TEXT
);

CREATE TABLE stages (
    id               TEXT COLLATE "C" PRIMARY KEY,
    validation_id    TEXT COLLATE "C" NOT NULL REFERENCES validations (id),
    name             TEXT NOT NULL,
    state            TEXT NOT NULL,
    publisher        TEXT COLLATE "C" NOT NULL,
    priority         BIGINT NOT NULL DEFAULT 0,
    attempt          BIGINT NOT NULL DEFAULT 1,
    failures         BIGINT NOT NULL DEFAULT 0,
    crashes          BIGINT NOT NULL DEFAULT 0,
    not_before       BIGINT NOT NULL,
    token            BIGINT NOT NULL DEFAULT 0,
    lease_owner      TEXT,
    lease_expires_at BIGINT,
    created_at       BIGINT NOT NULL,
    started_at       BIGINT,
    finished_at      BIGINT,
    last_error       TEXT,
    UNIQUE (validation_id, name)
);
CREATE INDEX stages_backlog ON stages (name, priority, created_at) WHERE state = 'pending';
CREATE INDEX stages_leases ON stages (lease_expires_at) WHERE state = 'running';
CREATE INDEX stages_durations ON stages (name, finished_at) WHERE state = 'done';

-- When each publisher last had a stage claimed, for round-robin.
CREATE TABLE turns (
    publisher TEXT COLLATE "C" PRIMARY KEY,
    last_at   BIGINT NOT NULL
);

CREATE TABLE findings (
    validation_id TEXT COLLATE "C" NOT NULL REFERENCES validations (id),
    ordinal       BIGINT NOT NULL,
    rule          TEXT NOT NULL,
    severity      TEXT NOT NULL,
    confidence    TEXT NOT NULL,
    file          TEXT,
    line          BIGINT,
    fingerprint   TEXT NOT NULL,
    capability    TEXT,
    action        TEXT,
    because       TEXT,
    body          TEXT NOT NULL,
    PRIMARY KEY (validation_id, ordinal)
);
CREATE INDEX findings_rule ON findings (rule);
CREATE INDEX findings_fingerprint ON findings (fingerprint);

CREATE TABLE versions (
    plugin           TEXT COLLATE "C" NOT NULL REFERENCES plugins (name),
    version          TEXT COLLATE "C" NOT NULL,
    submission_id    TEXT COLLATE "C" NOT NULL REFERENCES submissions (id),
    validation_id    TEXT COLLATE "C" NOT NULL REFERENCES validations (id),
    state            TEXT NOT NULL,
    is_latest        BIGINT NOT NULL DEFAULT 0,
    canonical_sha256 TEXT NOT NULL,
    canonical_size   BIGINT NOT NULL,
    upload_sha256    TEXT NOT NULL,
    kind             TEXT NOT NULL,
    category         TEXT NOT NULL,
    title            TEXT NOT NULL,
    manifest         TEXT NOT NULL,
    readme           TEXT,
    changelog        TEXT,
    search_text      TEXT NOT NULL,
    tags             TEXT NOT NULL,
    downloads        BIGINT NOT NULL DEFAULT 0,
    published_at     BIGINT NOT NULL,
    published_by     TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    updated_at       BIGINT NOT NULL,
    PRIMARY KEY (plugin, version)
);
CREATE INDEX versions_latest ON versions (kind, category) WHERE is_latest = 1;

CREATE TABLE download_counts (
    plugin    TEXT COLLATE "C" NOT NULL,
    version   TEXT COLLATE "C" NOT NULL,
    day       BIGINT NOT NULL,
    downloads BIGINT NOT NULL,
    PRIMARY KEY (plugin, version, day)
);

CREATE TABLE events (
    validation_id TEXT COLLATE "C" NOT NULL REFERENCES validations (id),
    seq           BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    body          TEXT NOT NULL,
    PRIMARY KEY (validation_id, seq)
);

CREATE TABLE reviews (
    id            TEXT COLLATE "C" PRIMARY KEY,
    validation_id TEXT COLLATE "C" NOT NULL REFERENCES validations (id),
    decision      TEXT NOT NULL,
    reason        TEXT NOT NULL,
    decided_by    TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    decided_at    BIGINT NOT NULL
);
CREATE INDEX reviews_validation ON reviews (validation_id);

CREATE TABLE waivers (
    id          TEXT COLLATE "C" PRIMARY KEY,
    plugin      TEXT COLLATE "C" NOT NULL REFERENCES plugins (name),
    fingerprint TEXT NOT NULL,
    because     TEXT NOT NULL,
    created_by  TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    created_at  BIGINT NOT NULL,
    revoked_at  BIGINT
);
CREATE UNIQUE INDEX waivers_standing ON waivers (plugin, fingerprint) WHERE revoked_at IS NULL;

-- Appended in the transaction of what it tells of; delivered afterwards.
CREATE TABLE outbox (
    id            TEXT COLLATE "C" PRIMARY KEY,
    kind          TEXT NOT NULL,
    validation_id TEXT COLLATE "C",
    body          TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    delivered_at  BIGINT
);
CREATE INDEX outbox_waiting ON outbox (id) WHERE delivered_at IS NULL;

CREATE TABLE audit (
    id           TEXT COLLATE "C" PRIMARY KEY,
    at           BIGINT NOT NULL,
    actor_id     TEXT COLLATE "C",
    actor        TEXT NOT NULL,
    action       TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject      TEXT NOT NULL,
    detail       TEXT NOT NULL
);
CREATE INDEX audit_subject ON audit (subject_kind, subject);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit table is append-only';
END
$$;
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
