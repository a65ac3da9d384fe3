//! One package through inspect, test and verdict, without a store.
