//! `#[derive(KongConfig)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Expr, Fields, Lit, Result};

pub fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(name, "KongConfig is for structs"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(syn::Error::new_spanned(name, "KongConfig needs named fields"));
    };
    let parts = fields.named.iter().map(field).collect::<Result<Vec<_>>>()?;
    Ok(quote! {
        impl ::dragoman_plugin::KongConfig for #name {
            fn fields() -> ::dragoman_plugin::json::Value {
                ::dragoman_plugin::json::Value::Array(vec![#(#parts),*])
            }
        }
        impl ::dragoman_plugin::FieldType for #name {
            fn schema() -> ::dragoman_plugin::json::Value {
                ::dragoman_plugin::json::json!({
                    "type": "record",
                    "fields": <#name as ::dragoman_plugin::KongConfig>::fields(),
                })
            }
        }
    })
}

fn field(field: &syn::Field) -> Result<TokenStream> {
    let name = field.ident.as_ref().expect("a named field").to_string();
    let name = name.trim_start_matches("r#");
    let ty = &field.ty;
    let mut sets = Vec::new();
    let mut is_required = quote!(!<#ty as ::dragoman_plugin::FieldType>::IS_OPTIONAL);
    for attribute in field.attrs.iter().filter(|one| one.path().is_ident("kong")) {
        attribute.parse_nested_meta(|meta| {
            let key = meta
                .path
                .get_ident()
                .map(ToString::to_string)
                .ok_or_else(|| meta.error("a word is expected"))?;
            let key = key.trim_start_matches("r#");
            match key {
                "required" => is_required = quote!(true),
                "referenceable" | "encrypted" => sets.push(quote!(schema[#key] = true.into();)),
                "default" | "one_of" | "between" | "len_min" | "len_max" | "gt" | "len_eq"
                | "description" | "starts_with" => {
                    let value: Expr = meta.value()?.parse()?;
                    if key == "default" {
                        is_required = quote!(false);
                    }
                    sets.push(quote!(schema[#key] = ::dragoman_plugin::json::json!(#value);));
                }
                "pattern" => {
                    let value: Lit = meta.value()?.parse()?;
                    sets.push(quote!(schema["match"] = ::dragoman_plugin::json::json!(#value);));
                }
                other => {
                    let known =
                        "required, default, one_of, between, gt, len_min, len_max, len_eq, starts_with, \
                                 pattern, description, referenceable, encrypted";
                    return Err(meta.error(format!("{other} is not known here; known are: {known}")));
                }
            }
            Ok(())
        })?;
    }
    Ok(quote! {{
        let mut schema = <#ty as ::dragoman_plugin::FieldType>::schema();
        if #is_required {
            schema["required"] = true.into();
        }
        #(#sets)*
        ::dragoman_plugin::json::json!({ #name: schema })
    }})
}
