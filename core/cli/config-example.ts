/** What `config init` writes: a file that parses, with every line of the example commented out. */

/** Can be loaded as it is, and configures nothing then. */
export const EXAMPLE = `# Declarative configuration: the entities of a gateway without a database.
#
# Start with it:    KONG_DATABASE=off KONG_DECLARATIVE_CONFIG=kong.yml dragoman start
# Look it over:     dragoman config parse kong.yml
# Put it in force:  curl http://127.0.0.1:8001/config -F config=@kong.yml

# Version of this format: 1.1, 2.1 or 3.0, as a text.
_format_version: "3.0"
_transform: true

# A Service is an application behind the gateway; its Routes say which requests go there, its plugins what happens to
# them on the way. Take the number signs away to try it.
# services:
# - name: example
#   url: http://127.0.0.1:9000
#   tags:
#   - example
#   routes:
#   - name: example-route
#     paths:
#     - /example
#   plugins:
#   - name: key-auth

# Consumers are the people and programs that use the gateway, with their credentials.
# consumers:
# - username: ada
#   keyauth_credentials:
#   - key: a-key-of-ada

# Plugins at the top level run for every request.
# plugins:
# - name: correlation-id
#   config:
#     header_name: X-Request-Id
`;
