-- Who did what. Names are copied, so that the row stays readable when its subjects are gone.
create table audit_log (
    id bigint generated always as identity primary key,
    organization_id uuid not null references organizations,
    at timestamptz not null,
    actor_id uuid references users,
    actor_name text not null,
    -- The way in: token, session, socket, job or agent.
    via text not null,
    address text not null default '',
    request_id text not null default '',
    action text not null,
    resource_kind text not null,
    resource_id text not null,
    resource_name text not null default '',
    outcome text not null check (outcome in ('allowed', 'refused', 'failed')),
    details jsonb not null default '{}'
);

create index audit_log_at on audit_log (at);
