//! Backbone, loss, optimiser and training loop.
