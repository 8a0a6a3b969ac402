-- People. A name is lower case by its own rule, so that plain uniqueness is enough.
-- Suspended users keep their workspaces and can do nothing.
create table users (
    id uuid primary key,
    organization_id uuid not null references organizations,
    name text not null,
    email text not null default '',
    role text not null check (role in ('owner', 'member')),
    status text not null check (status in ('active', 'suspended')),
    -- An argon2id string; null for somebody who cannot log in by password.
    password_hash text,
    must_change_password boolean not null default false,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    last_login_at timestamptz,
    deleted_at timestamptz
);

create unique index users_name_unique on users (name) where deleted_at is null;
