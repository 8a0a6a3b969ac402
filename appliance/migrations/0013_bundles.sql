-- Every bundle this site has taken in: the ledger that replays are judged by. A bundle that is in
-- it is welcome again, whatever its age.
create table bundles (
    -- The digest of the signed index.
    id text primary key,
    publisher text not null,
    stream text not null,
    version text not null,
    made_at timestamptz not null,
    -- Fingerprints of the root and of the key that signed.
    root text not null,
    signer text not null,
    size_bytes bigint not null check (size_bytes >= 0),
    -- Whether tags and templates were moved, or only content taken.
    mode text not null check (mode in ('whole', 'content-only')),
    imported_at timestamptz not null,
    -- The signed record of the import, as its file has it.
    receipt text not null
);
create index bundles_of_stream on bundles (publisher, stream, imported_at desc);

-- The newest version of each stream: what is not newer moves no tag.
create table bundle_streams (
    publisher text not null,
    stream text not null,
    version text not null,
    bundle_id text not null references bundles,
    primary key (publisher, stream)
);
