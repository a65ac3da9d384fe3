-- Which workers there are; each puts off its end with every heartbeat. Stages and
-- engines are names with commas between them; no name holds another.
CREATE TABLE workers (
    name       TEXT COLLATE "C" PRIMARY KEY,
    stages     TEXT NOT NULL,
    engines    TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- The engine that a stage was passed on to; null while it may run in any.
ALTER TABLE stages ADD COLUMN needs TEXT;
