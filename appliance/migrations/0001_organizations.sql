-- Everything a site holds belongs to an organization, from the first release on, so that a later
-- release can offer several without touching every table. Today there is the one.
create table organizations (
    id uuid primary key,
    name text not null unique,
    created_at timestamptz not null
);

insert into organizations (id, name, created_at)
values ('00000000-0000-7000-8000-000000000001', 'default', now());
