//! Request, response, event and agent-stream types. Serde only.
