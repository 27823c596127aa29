//! The Argus REST API: typed calls to requests, responses to typed replies.
