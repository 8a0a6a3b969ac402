//! How much of the machine the server may use. Pure.

/// What the machine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Processors.
    pub cpus: u32,
}

/// Memory and parallelism settings, in the units their names end with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tuning {
    /// `shared_buffers`
    pub shared_buffers_mib: u64,
    /// `effective_cache_size`
    pub effective_cache_mib: u64,
    /// `maintenance_work_mem`
    pub maintenance_mib: u64,
    /// `work_mem`
    pub work_mib: u64,
    /// `max_wal_size`: also what a recovery may have to read.
    pub wal_mib_max: u64,
    /// `max_parallel_workers`
    pub parallel_workers_max: u32,
    /// `max_connections`
    pub connections_max: u32,
}

/// The appliance's pools, jobs and backups use under 60 connections; the rest is for people.
const CONNECTIONS_MAX: u32 = 100;
const MIB: u64 = 1 << 20;

impl Machine {
    /// This machine, from `/proc/meminfo`; 2 GiB when it does not say.
    pub fn here() -> Self {
        let memory = std::fs::read_to_string("/proc/meminfo").ok();
        let memory_bytes = memory.as_deref().and_then(total_bytes).unwrap_or(2 << 30);
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        Self { memory_bytes, cpus: u32::try_from(cpus).unwrap_or(u32::MAX) }
    }
}

fn total_bytes(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

impl Tuning {
    /// The share of a machine on which a Kubernetes node and its workspaces usually run as well:
    /// an eighth for the buffers where a server of its own would take a quarter.
    pub fn for_machine(machine: Machine) -> Self {
        let memory_mib = machine.memory_bytes / MIB;
        Self {
            shared_buffers_mib: (memory_mib / 8).clamp(64, 4096),
            effective_cache_mib: (memory_mib / 2).clamp(256, 65_536),
            maintenance_mib: (memory_mib / 32).clamp(32, 512),
            work_mib: (memory_mib / 512).clamp(4, 32),
            wal_mib_max: 1024,
            parallel_workers_max: machine.cpus.clamp(1, 8),
            connections_max: CONNECTIONS_MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_and_a_large_machine_stay_within_bounds() {
        let small = Tuning::for_machine(Machine { memory_bytes: 1 << 30, cpus: 1 });
        assert_eq!((small.shared_buffers_mib, small.work_mib), (128, 4));
        let large = Tuning::for_machine(Machine { memory_bytes: 1 << 40, cpus: 128 });
        assert_eq!((large.shared_buffers_mib, large.parallel_workers_max), (4096, 8));
    }

    #[test]
    fn memory_is_read_in_kib() {
        assert_eq!(total_bytes("MemTotal:  2048 kB\nMemFree: 1 kB\n"), Some(2 << 20));
        assert_eq!(total_bytes(""), None);
    }
}
