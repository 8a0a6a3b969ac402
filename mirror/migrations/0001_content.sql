-- What the mirror holds, and under which repository each thing may be asked for.
create schema if not exists mirror;

-- A file that holds many blobs at known offsets. Half-written ones are invisible: no home names
-- them until the transaction that makes them ready.
create table mirror.pack (
    id uuid primary key,
    state text not null check (state in ('writing', 'ready')),
    -- What the writer resumes by: one unfinished pack for each key.
    key text not null,
    size_bytes bigint not null check (size_bytes >= 0),
    -- Everything before this position is on the disk for good.
    synced_bytes bigint not null default 0 check (synced_bytes >= 0),
    -- The writer's own state at that position.
    progress bytea not null default '',
    created_at timestamptz not null default now(),
    touched_at timestamptz not null default now()
);
create unique index pack_unfinished on mirror.pack (key) where state = 'writing';

create table mirror.blob (
    digest text primary key,
    size_bytes bigint not null check (size_bytes >= 0),
    created_at timestamptz not null default now(),
    -- Not collected before this moment, referenced or not.
    keep_until timestamptz not null default now()
);

-- Where a blob's bytes lie: in a pack at an offset, or in a loose file (no pack).
create table mirror.home (
    digest text not null references mirror.blob on delete cascade,
    pack_id uuid references mirror.pack,
    offset_bytes bigint not null default 0 check (offset_bytes >= 0)
);
create unique index home_in_pack on mirror.home (digest, pack_id) where pack_id is not null;
create unique index home_loose on mirror.home (digest) where pack_id is null;
create index home_of_pack on mirror.home (pack_id) where pack_id is not null;

create table mirror.repository (
    id bigint generated always as identity primary key,
    name text not null unique collate "C",
    created_at timestamptz not null default now()
);

create table mirror.repository_blob (
    repository_id bigint not null references mirror.repository,
    digest text not null references mirror.blob,
    linked_at timestamptz not null default now(),
    primary key (repository_id, digest)
);
create index repository_blob_of_blob on mirror.repository_blob (digest);

-- Manifests are kept byte for byte; what the registry answers from is drawn out beside them.
create table mirror.manifest (
    digest text primary key,
    content bytea not null,
    artifact_type text,
    annotations jsonb,
    created_at timestamptz not null default now()
);

create table mirror.manifest_reference (
    manifest text not null references mirror.manifest on delete cascade,
    kind text not null check (kind in ('blob', 'manifest')),
    target text not null,
    primary key (manifest, kind, target)
);
create index manifest_reference_of_target on mirror.manifest_reference (target);

create table mirror.repository_manifest (
    repository_id bigint not null references mirror.repository,
    digest text not null references mirror.manifest,
    media_type text not null,
    -- Kept here so that the referrers of a subject are one index scan.
    subject text,
    pushed_at timestamptz not null default now(),
    primary key (repository_id, digest)
);
create index repository_manifest_of_manifest on mirror.repository_manifest (digest);
create index repository_manifest_of_subject on mirror.repository_manifest (repository_id, subject, digest)
    where subject is not null;

create table mirror.tag (
    repository_id bigint not null,
    -- Listed in byte order, as the specification asks.
    name text not null collate "C",
    digest text not null,
    updated_at timestamptz not null default now(),
    primary key (repository_id, name),
    foreign key (repository_id, digest) references mirror.repository_manifest on delete cascade
);
create index tag_of_manifest on mirror.tag (repository_id, digest);
