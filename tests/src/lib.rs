//! End-to-end tests live in the test target beside this file.
