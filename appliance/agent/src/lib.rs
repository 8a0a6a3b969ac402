//! The program that runs in a workspace: one outbound WebSocket, streams of SSH, terminals and ports.
