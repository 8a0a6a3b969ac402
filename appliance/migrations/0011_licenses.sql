-- Licenses as they were activated here, in the vendor's own text. Only the text is believed: it is
-- verified again whenever somebody asks what the site may do.
create table licenses (
    id text primary key,
    text text not null,
    -- The site's marks at activation, or those the license was issued for.
    bound_to jsonb not null,
    activated_at timestamptz not null,
    activated_by uuid references users,
    -- Since when the site's marks have differed from these; null while they fit.
    differs_since timestamptz
);
