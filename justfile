# Everyday commands. `just` lists them.

_default:
    @just --list

# Everything CI runs
test:
    ./scripts/test

# Format everything; cargo does not see the rules that are named inside a macro
format:
    cargo fmt --all
    find scanner/src/rules -name '*.rs' -print0 | xargs -0 rustfmt --edition 2024

# Start PostgreSQL, Redis and an S3 server for tests run by hand, until Ctrl-C
services:
    ./scripts/test services

# A demo registry with sample plugins
demo:
    cargo run --release -- serve --demo

# Regenerate what is generated from code (rule pages, configuration reference, snapshots)
generate:
    cargo run -p airlock-scanner --example rule_docs -- --write
    INSTA_UPDATE=always cargo nextest run --workspace

# Measure: `just bench verdict`, `scan`, `sandbox` or `hostile`, `just bench scan`
bench what:
    ./scripts/bench {{what}}

# Real packages through a running registry; the table of docs/corpus.md
corpus:
    ./scripts/corpus
