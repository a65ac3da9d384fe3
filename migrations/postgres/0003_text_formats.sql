-- How README and changelog are written; of older versions it was not kept, and they were
-- shown as Markdown.
ALTER TABLE versions ADD COLUMN readme_format TEXT NOT NULL DEFAULT 'markdown';
ALTER TABLE versions ADD COLUMN changelog_format TEXT NOT NULL DEFAULT 'markdown';
