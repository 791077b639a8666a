//! `#[plugin(...)]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::parse::Parser;
use syn::{Expr, ImplItem, ItemImpl, Result, Type};

const PHASES: [(&str, &str); 9] = [
    ("init_worker", "InitWorker"),
    ("configure", "Configure"),
    ("certificate", "Certificate"),
    ("rewrite", "Rewrite"),
    ("access", "Access"),
    ("response", "Response"),
    ("header_filter", "HeaderFilter"),
    ("body_filter", "BodyFilter"),
    ("log", "Log"),
];
const OTHERS: [&str; 3] = ["new", "conditions", "cache_key"];

#[derive(Default)]
struct Arguments {
    name: Option<Expr>,
    version: Option<Expr>,
    priority: Option<Expr>,
    config: Option<Type>,
    body: bool,
}

fn parse(arguments: TokenStream) -> Result<Arguments> {
    let mut parsed = Arguments::default();
    let parser = syn::meta::parser(|meta| {
        if meta.path.is_ident("name") {
            parsed.name = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("version") {
            parsed.version = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("priority") {
            parsed.priority = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("config") {
            parsed.config = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("body") {
            parsed.body = true;
        } else {
            return Err(meta.error("known are: name, version, priority, config, body"));
        }
        Ok(())
    });
    parser.parse2(arguments)?;
    Ok(parsed)
}

pub fn expand(arguments: TokenStream, item: ItemImpl) -> Result<TokenStream> {
    let Arguments { name, version, priority, config, body } = parse(arguments)?;
    let ty = &item.self_ty;
    let Some(name) = name else {
        return Err(syn::Error::new_spanned(ty, "a plugin needs a name: #[plugin(name = \"...\")]"));
    };
    let version = version.map_or_else(|| quote!(env!("CARGO_PKG_VERSION")), |one| quote!(#one));
    let priority = priority.map_or_else(|| quote!(0), |one| quote!(#one));
    let config = config.map_or_else(|| quote!(()), |one| quote!(#one));
    let mut theirs = Vec::new();
    let mut own = Vec::new();
    let mut phases = Vec::new();
    let mut has_new = false;
    for part in item.items {
        if let ImplItem::Fn(function) = &part {
            let function_name = function.sig.ident.to_string();
            if let Some((_, phase)) = PHASES.iter().find(|(one, _)| *one == function_name) {
                let phase = Ident::new(phase, Span::call_site());
                phases.push(quote!(::dragoman_plugin::Phase::#phase));
                theirs.push(part);
                continue;
            }
            if OTHERS.contains(&function_name.as_str()) {
                has_new |= function_name == "new";
                theirs.push(part);
                continue;
            }
        }
        own.push(part);
    }
    let new = (!has_new).then(|| {
        quote! {
            fn new(_: Self::Config, _: &::dragoman_plugin::Instance) -> ::dragoman_plugin::Result<Self> {
                Ok(<Self as ::std::default::Default>::default())
            }
        }
    });
    let own = (!own.is_empty()).then(|| quote!(impl #ty { #(#own)* }));
    Ok(quote! {
        impl ::dragoman_plugin::Plugin for #ty {
            type Config = #config;
            const NAME: &'static str = #name;
            const VERSION: &'static str = #version;
            const PRIORITY: i32 = #priority;
            const PHASES: &'static [::dragoman_plugin::Phase] = &[#(#phases),*];
            const READS_REQUEST_BODY: bool = #body;
            #new
            #(#theirs)*
        }
        #own
    })
}
