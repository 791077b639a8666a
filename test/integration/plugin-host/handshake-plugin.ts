/** A plugin server for the test of TLS handshakes: it decides on each by the name that the client asks for. */
import { definePlugin, serve } from "../../../plugin-sdk/typescript/index.ts";

/** What was known of each handshake. */
const seen: string[] = [];

const handshake = definePlugin({
  name: "t-handshake",
  version: "1.0.0",
  priority: 10,
  config: {},
  async certificate(kong) {
    const name = await kong.nginx.getVar("ssl_server_name");
    const address = await kong.nginx.getVar("remote_addr");
    seen.push(`${name} from ${address}`);
    if (name === "refused.test") throw new Error("not this one");
    if (name === "ask.test") await kong.client.tls.requestClientCertificate();
    if (name === "once.test") await kong.client.tls.disableSessionReuse();
  },
  async access(kong) {
    const chain = await kong.client.tls.getFullClientCertificateChain();
    kong.client.tls.setClientVerify(chain === undefined ? "NONE" : "FAILED:by the plugin");
    const verify = await kong.nginx.getVar("ssl_client_verify");
    const certificates = chain?.match(/BEGIN CERTIFICATE/g)?.length ?? 0;
    kong.response.exit(200, { certificates, verify, seen });
  },
});

await serve(handshake);
