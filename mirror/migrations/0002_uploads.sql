-- Uploads that have begun and not ended. The bytes lie in a file named by the id; how many there
-- are is asked of the file, so that a crash cannot make the two disagree.
create table mirror.upload (
    id uuid primary key,
    repository text not null,
    algorithm text not null,
    created_at timestamptz not null default now(),
    touched_at timestamptz not null default now()
);
create index upload_touched on mirror.upload (touched_at);
