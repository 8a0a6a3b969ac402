-- A template is a name and the version that new workspaces get. A version is a directory of files
-- that never changes, and what its import found in them.
create table templates (
    id uuid primary key,
    organization_id uuid not null references organizations,
    name text not null,
    display_name text not null default '',
    description text not null default '',
    icon text not null default '',
    active_version_id uuid,
    created_by uuid not null references users,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz
);

create unique index templates_name_unique on templates (organization_id, name)
    where deleted_at is null;

create table template_versions (
    id uuid primary key,
    organization_id uuid not null references organizations,
    template_id uuid not null references templates,
    number integer not null check (number > 0),
    message text not null default '',
    driver text not null,
    -- A tar, compressed with zstd, with sorted names and no owner, mode or time.
    files bytea not null,
    files_sha256 bytea not null check (octet_length(files_sha256) = 32),
    -- What the driver parsed: null until the import job succeeded.
    spec jsonb,
    readme text not null default '',
    -- Whether a successful import makes this the template's active version.
    activate boolean not null,
    job_id uuid not null unique references jobs,
    created_by uuid not null references users,
    created_at timestamptz not null,
    archived_at timestamptz,
    unique (template_id, number)
);

alter table templates
    add foreign key (active_version_id) references template_versions;
