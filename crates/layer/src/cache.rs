//! What a forward keeps for its backward.

use std::any::Any;

/// A layer's own record of one forward, behind one type.
pub struct Cache(Box<dyn Any + Send + Sync>);

impl Cache {
    /// Wraps whatever the layer needs.
    pub fn new<T: Any + Send + Sync>(kept: T) -> Self {
        Self(Box::new(kept))
    }

    /// For layers that keep nothing.
    pub fn empty() -> Self {
        Self::new(())
    }

    /// What [`Cache::new`] wrapped.
    ///
    /// # Panics
    /// When it is of another type: the cache came from another layer's forward.
    pub fn get<T: Any>(&self) -> &T {
        self.0.downcast_ref().unwrap_or_else(|| {
            panic!("this cache is not from the forward of this layer: it holds no {}", std::any::type_name::<T>())
        })
    }
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cache(..)")
    }
}
