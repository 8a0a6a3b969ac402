-- Work that takes time. The status is computed, never written: no code path can make a job say
-- one thing and be another. A worker holds a job by a lease that it renews; a job whose lease ran
-- out is taken again until its attempts are spent.
create table jobs (
    id uuid primary key,
    organization_id uuid not null references organizations,
    kind text not null,
    payload jsonb not null,
    initiator_id uuid references users,
    created_at timestamptz not null,
    run_after timestamptz not null,
    started_at timestamptz,
    canceled_at timestamptz,
    completed_at timestamptz,
    worker text,
    lease_until timestamptz,
    attempts integer not null default 0,
    attempts_max integer not null check (attempts_max between 1 and 100),
    -- Why the last attempt that was not the end of it failed.
    last_error jsonb,
    -- Why the job failed for good: code, message, cause, remedy, retryable.
    error jsonb,
    status text not null generated always as (
        case
            when completed_at is not null then
                case
                    when error is not null then 'failed'
                    when canceled_at is not null then 'canceled'
                    else 'succeeded'
                end
            when canceled_at is not null then 'canceling'
            when started_at is null then 'pending'
            else 'running'
        end
    ) stored,
    check (completed_at is not null or error is null)
);

create index jobs_waiting on jobs (run_after, created_at)
    where completed_at is null and started_at is null;
create index jobs_leased on jobs (lease_until)
    where completed_at is null and started_at is not null;

-- What a job said while it ran. Lines are at most 1024 characters; longer ones come in pieces.
create table job_logs (
    job_id uuid not null references jobs on delete cascade,
    number bigint not null,
    at timestamptz not null,
    stage text not null,
    level text not null check (level in ('debug', 'info', 'warn', 'error')),
    line text not null check (char_length(line) <= 1024),
    primary key (job_id, number)
);
