//! Variants as types: a handler says in the types of its arguments what whoever asks needs, and cannot forget to look.

/// A variant of `T`, as a type.
pub trait Needs<T>: Send + Sync + 'static {
    /// The variant.
    const IT: T;
}

/// Makes a type of each of these variants.
macro_rules! needs {
    ($of:ident: $($name:ident),+) => {$(
        #[doc = concat!("See [`", stringify!($of), "::", stringify!($name), "`].")]
        #[derive(Debug)]
        pub struct $name;

        impl $crate::web::needs::Needs<$of> for $name {
            const IT: $of = $of::$name;
        }
    )+};
}

pub(crate) use needs;
