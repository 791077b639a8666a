"""Where kong-pdk has its typed interface: `kong_pdk.pdk.kong`."""
