-- Failed logins, counted to slow down guessing. A subject is a name, an address, or both.
create table login_failures (
    id bigint generated always as identity primary key,
    subject text not null,
    failed_at timestamptz not null
);

create index login_failures_subject on login_failures (subject, failed_at);
