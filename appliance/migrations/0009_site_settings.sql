-- What the site remembers about itself that is neither configuration nor a key.
create table site_settings (
    key text primary key,
    value jsonb not null,
    updated_at timestamptz not null
);
