//! The standing: what all licenses of a site amount to at one moment. A pure function.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::{
    Clock, Ending, FREE_SEATS, Fit, License, Marks, REBIND_DAYS, State, Term, VerifiedLicense,
};

/// A warning begins this long before the end, or a quarter of the term if that is shorter, so
/// that a trial does not begin with one.
pub const WARNING_DAYS: i64 = 60;

/// A license as the site holds it.
#[derive(Debug, Clone)]
pub struct Holding {
    /// The license.
    pub verified: VerifiedLicense,
    /// The marks it is bound to since its activation.
    pub bound_to: Marks,
    /// Since when the site's marks have differed, if they did when last looked at.
    pub differs_since: Option<OffsetDateTime>,
}

/// All that the standing depends on.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Every license ever activated here.
    pub holdings: &'a [Holding],
    /// The site as it is now.
    pub observed: &'a Marks,
    /// The time, judged.
    pub clock: Clock,
}

/// What all licenses of a site amount to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The word for it.
    pub state: State,
    /// What the site may use.
    pub entitlement: Entitlement,
    /// When this ends, unless something is done; none while nothing can end.
    #[serde(with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
    /// Why it is so.
    pub reason: Reason,
    /// The license that decides.
    pub license: Option<Summary>,
    /// Whether that license was signed under a root whose private half is public.
    pub demo: bool,
}

/// What a site may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitlement {
    /// Seats, at least [`FREE_SEATS`].
    pub seats: u32,
    /// What is unlocked beyond seats.
    pub features: BTreeSet<String>,
}

/// The license that decides, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub customer: String,
    /// Its seats.
    pub seats: u32,
}

/// Why the standing is as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Reason {
    /// No license was ever activated.
    NoLicense,
    /// The first term is still to come.
    NotYet,
    /// In the term.
    InTerm,
    /// The term is over, or nearly.
    TermEnd,
    /// The vendor ended it.
    Revoked {
        /// What the revocation list says.
        reason: String,
    },
    /// The site has other marks than the license.
    OtherMarks,
    /// The wall clock is behind what was seen before.
    ClockBehind,
    /// The wall clock is far ahead of what was seen before.
    ClockAhead,
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::NoLicense => "no license was activated",
            Self::NotYet => "the license's term has not begun",
            Self::InTerm => "the license is in its term",
            Self::TermEnd => "the license's term ends or has ended",
            Self::Revoked { reason } => {
                return write!(formatter, "the vendor ended the license: {reason}");
            }
            Self::OtherMarks => "the site's identity differs from the license's",
            Self::ClockBehind => "the clock is behind a time this site has already seen",
            Self::ClockAhead => "the clock is more than 31 days ahead of the last time seen",
        };
        formatter.write_str(text)
    }
}

impl Entitlement {
    /// What needs no license.
    pub fn free() -> Self {
        Self { seats: FREE_SEATS, features: BTreeSet::new() }
    }
}

/// Where one license stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    ToCome,
    InTerm,
    InGrace,
    Over,
}

/// One license judged by itself.
struct Judged<'a> {
    license: &'a License,
    demo: bool,
    ending: Option<&'a Ending>,
    term: Term,
    phase: Phase,
    /// When a license on a changed site stops counting; none where the marks fit.
    rebind_until: Option<OffsetDateTime>,
}

impl<'a> Judged<'a> {
    fn new(holding: &'a Holding, observed: &Marks, now: OffsetDateTime) -> Self {
        let Holding { verified, bound_to, differs_since } = holding;
        let license = verified.license();
        let ending = verified.ending();
        let term = ending.map_or(license.term(), |ending| license.term().ended_at(ending.at));
        let phase = if term.ends <= term.begins {
            // Revoked before it ever began: no grace for what nobody used.
            Phase::Over
        } else if now < term.begins {
            Phase::ToCome
        } else if now < term.ends {
            Phase::InTerm
        } else if now < term.grace_ends {
            Phase::InGrace
        } else {
            Phase::Over
        };
        let rebind_until = match bound_to.fit(observed) {
            Fit::Fits => None,
            Fit::Differs => {
                let since = differs_since.unwrap_or(now);
                Some(since.saturating_add(Duration::days(REBIND_DAYS)))
            }
        };
        Self { license, demo: verified.signer().demo, ending, term, phase, rebind_until }
    }

    fn counts(&self, now: OffsetDateTime) -> bool {
        self.rebind_until.is_none_or(|until| now < until)
    }

    fn summary(&self) -> Summary {
        let License { id, customer, seats, .. } = self.license;
        Summary { id: id.clone(), customer: customer.clone(), seats: *seats }
    }

    fn end_reason(&self) -> Reason {
        match self.ending {
            Some(ending) => Reason::Revoked { reason: ending.reason.clone() },
            None => Reason::TermEnd,
        }
    }
}

/// What all licenses amount to now.
///
/// Licenses in their term go before licenses in grace, and those whose marks fit before those
/// whose marks do not. Seats do not add up: the largest counts. Features do.
pub fn standing(facts: Facts<'_>) -> Standing {
    let Facts { holdings, observed, clock } = facts;
    let now = clock.now();
    let judged: Vec<Judged<'_>> =
        holdings.iter().map(|holding| Judged::new(holding, observed, now)).collect();
    let usable = |phase: Phase| -> Vec<&Judged<'_>> {
        judged.iter().filter(|one| one.phase == phase && one.counts(now)).collect()
    };
    let (in_term, in_grace) = (usable(Phase::InTerm), usable(Phase::InGrace));
    let standing = if !in_term.is_empty() {
        in_force(&in_term, &judged, now)
    } else if !in_grace.is_empty() {
        in_force(&in_grace, &judged, now)
    } else {
        nothing_in_force(&judged)
    };
    with_clock(standing, clock)
}

/// The standing when at least one of these licenses, all of one phase, counts.
fn in_force(candidates: &[&Judged<'_>], all: &[Judged<'_>], now: OffsetDateTime) -> Standing {
    let fitting: Vec<&Judged<'_>> =
        candidates.iter().copied().filter(|one| one.rebind_until.is_none()).collect();
    let rebinding = fitting.is_empty();
    let counted = if rebinding { candidates.to_vec() } else { fitting };
    // The largest decides; among equals the one that lasts longest.
    let Some(best) = counted.iter().copied().max_by_key(|one| (one.license.seats, one.term.ends))
    else {
        return nothing_in_force(all);
    };
    let features = counted.iter().flat_map(|one| one.license.features.iter().cloned()).collect();
    let entitlement = Entitlement { seats: best.license.seats.max(FREE_SEATS), features };
    let (state, until, reason) = match best.phase {
        Phase::InTerm if !rebinding => {
            let ends = covered_until(best.term.ends, all);
            if ends - now <= warning(best.term) {
                (State::Warning, ends, best.end_reason())
            } else {
                (State::Valid, ends, Reason::InTerm)
            }
        }
        Phase::InGrace if !rebinding => (State::Grace, best.term.grace_ends, best.end_reason()),
        Phase::InTerm | Phase::InGrace | Phase::ToCome | Phase::Over => {
            let until = best.rebind_until.unwrap_or(now).min(best.term.grace_ends);
            (State::Rebind, until, Reason::OtherMarks)
        }
    };
    let license = Some(best.summary());
    Standing { state, entitlement, until: Some(until), reason, license, demo: best.demo }
}

/// Follows licenses that take over from one another without a gap.
fn covered_until(mut ends: OffsetDateTime, all: &[Judged<'_>]) -> OffsetDateTime {
    // Each round moves past at least one license, so the number of licenses bounds the rounds.
    for _ in all {
        let next = all
            .iter()
            .filter(|one| one.rebind_until.is_none() && one.term.begins <= ends)
            .map(|one| one.term.ends)
            .max();
        match next {
            Some(later) if later > ends => ends = later,
            Some(_) | None => break,
        }
    }
    ends
}

fn warning(term: Term) -> Duration {
    let length = term.ends - term.begins;
    Duration::days(WARNING_DAYS).min(length / 4)
}

/// The standing when no license counts: the free seats, and why.
fn nothing_in_force(judged: &[Judged<'_>]) -> Standing {
    let lapsed = judged
        .iter()
        .filter(|one| one.phase != Phase::ToCome)
        .max_by_key(|one| one.term.grace_ends);
    let (state, reason) = match lapsed {
        Some(one) if one.phase == Phase::Over => (State::Expired, one.end_reason()),
        Some(_) => (State::Expired, Reason::OtherMarks),
        None if judged.is_empty() => (State::Unlicensed, Reason::NoLicense),
        None => (State::Unlicensed, Reason::NotYet),
    };
    let license = lapsed.or(judged.first()).map(Judged::summary);
    let demo = lapsed.is_some_and(|one| one.demo);
    Standing { state, entitlement: Entitlement::free(), until: None, reason, license, demo }
}

/// A clock nobody can believe is said where a license is in force; it takes nothing away.
fn with_clock(standing: Standing, clock: Clock) -> Standing {
    let reason = match clock {
        Clock::Steady { .. } => return standing,
        Clock::Behind { .. } => Reason::ClockBehind,
        Clock::Ahead { .. } => Reason::ClockAhead,
    };
    match standing.state {
        State::Unlicensed | State::Expired => standing,
        State::Valid | State::Warning | State::Grace | State::Rebind | State::ClockSuspect => {
            Standing { state: State::ClockSuspect, reason, ..standing }
        }
    }
}
