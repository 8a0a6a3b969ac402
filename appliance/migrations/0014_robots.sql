-- Robots: machines that use the mirror without being anybody. A node pulls, a build job pushes.
-- The secret is never here, only its SHA-256. Several robots may bear one name, so that a node's
-- new token is good before its old one is taken away.
create table robots (
    id text primary key,
    organization_id uuid not null references organizations,
    name text not null,
    scope text not null check (scope in ('pull', 'push')),
    secret_hash bytea not null check (octet_length(secret_hash) = 32),
    created_by uuid not null references users,
    created_at timestamptz not null,
    -- Absent: until it is revoked. A node whose token ends by itself cannot pull on that day.
    expires_at timestamptz,
    last_used_at timestamptz
);

create index robots_name on robots (organization_id, name);
