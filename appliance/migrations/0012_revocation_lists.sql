-- The newest revocation list of each root, with its signature. Serials only rise.
create table revocation_lists (
    root text primary key,
    serial bigint not null,
    text text not null,
    accepted_at timestamptz not null
);
