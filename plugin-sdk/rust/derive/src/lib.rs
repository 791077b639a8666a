//! Macros of `dragoman-plugin`: `#[derive(KongConfig)]` and `#[plugin(...)]`.

mod config;
mod plugin;

use proc_macro::TokenStream;

/// Kong's schema from a struct of named fields.
///
/// The struct also derives `serde::Deserialize`. Attributes of a field, all optional:
/// `#[kong(required, default = VALUE, one_of = ["a", "b"], between = [1, 10], len_min = 1, len_max = 64, match = "pattern",
/// description = "...", referenceable, encrypted)]`. A field that is neither `Option` nor has a default is required. A field
/// whose type derives `KongConfig` itself is a record.
#[proc_macro_derive(KongConfig, attributes(kong))]
pub fn derive_config(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    config::expand(&input).unwrap_or_else(|e| e.to_compile_error()).into()
}

/// A plugin from an `impl` block: `#[plugin(name = "hello", version = "1.0.0", priority = 10, config = Config)]`.
///
/// Its functions are those of the trait `Plugin`: `new` (may be left out where the struct is `Default` and the
/// configuration `()`), `conditions`, `cache_key` and the phases. `body` among the arguments: access reads request bodies.
#[proc_macro_attribute]
pub fn plugin(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = syn::parse_macro_input!(item as syn::ItemImpl);
    plugin::expand(arguments.into(), item).unwrap_or_else(|e| e.to_compile_error()).into()
}
