//! The same journey with every part apart: PostgreSQL, Redis, S3, two API
//! processes and a worker of each kind.
