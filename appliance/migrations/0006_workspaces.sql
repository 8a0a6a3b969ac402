-- A workspace is a name somebody owns; what it is at this moment is said by its latest build.
create table workspaces (
    id uuid primary key,
    organization_id uuid not null references organizations,
    owner_id uuid not null references users,
    template_id uuid not null references templates,
    name text not null,
    -- The SSH host key, sealed with the site's key: it outlives every pod.
    host_key_sealed bytea,
    host_key_public text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    last_used_at timestamptz not null,
    deleted_at timestamptz
);

create unique index workspaces_name_unique on workspaces (owner_id, name)
    where deleted_at is null;
create index workspaces_template on workspaces (template_id) where deleted_at is null;

create table builds (
    id uuid primary key,
    workspace_id uuid not null references workspaces,
    number integer not null check (number > 0),
    transition text not null check (transition in ('start', 'stop', 'delete')),
    template_version_id uuid not null references template_versions,
    job_id uuid not null unique references jobs,
    initiator_id uuid not null references users,
    reason text not null check (reason in ('initiator', 'autostart', 'autostop')),
    -- Name to value, every value a string, as the person gave it or the default was.
    parameters jsonb not null,
    -- What the driver made and will need to know to change or remove it; null until it says.
    inventory jsonb,
    created_at timestamptz not null,
    unique (workspace_id, number)
);

create index builds_version on builds (template_version_id);
