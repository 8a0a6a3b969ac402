-- The program in the workspace. Its token is made with the build, is valid from the build's apply
-- on, and ends when the agent of a later build connects.
create table agents (
    id uuid primary key,
    workspace_id uuid not null references workspaces,
    build_id uuid not null references builds,
    name text not null,
    token_hash bytea not null check (octet_length(token_hash) = 32),
    token_state text not null check (token_state in ('pending', 'active', 'retired')),
    state text not null check (state in ('connecting', 'connected', 'disconnected', 'timeout')),
    version text not null default '',
    os text not null default '',
    architecture text not null default '',
    -- The directory a shell starts in, as the agent resolved it.
    directory text not null default '',
    created_at timestamptz not null,
    first_connected_at timestamptz,
    last_seen_at timestamptz,
    disconnected_at timestamptz,
    unique (build_id, name)
);

create index agents_workspace on agents (workspace_id);
create index agents_state on agents (state) where token_state <> 'retired';
