//! The product's promises as stories, and the harness they share.
