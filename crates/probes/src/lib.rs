//! What a layer really reaches, measured on `&dyn Layer` alone.
