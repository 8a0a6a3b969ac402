//! A sealed set of parts that can be checked offline.
