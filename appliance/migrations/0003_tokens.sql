-- What a person proves themselves with after the password: sessions (from a login, they end by
-- themselves) and API tokens (made by name, they end when the maker said). The secret is never
-- here, only its SHA-256.
create table tokens (
    id text primary key,
    user_id uuid not null references users,
    kind text not null check (kind in ('session', 'api')),
    name text not null,
    secret_hash bytea not null check (octet_length(secret_hash) = 32),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    last_used_at timestamptz,
    last_used_address text
);

create index tokens_user on tokens (user_id);
create unique index tokens_api_name_unique on tokens (user_id, name) where kind = 'api';
