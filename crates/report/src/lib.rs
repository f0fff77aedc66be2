//! CSV to figures and tables; never runs a model.
