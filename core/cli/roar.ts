/** `roar`: Kong has it, so scripts that try it for a sign of life find it here. */
import type { Command } from "./command.ts";

const BEAST = String.raw`
        .-"""-.
       /  o o  \      Dragoman,
      |    ^    |     at the gate,
       \  ===  /      in any language.
    .-'\'-----'/'-.
   /    '-----'    \
`;

/** `dragoman roar`. Always 0. */
export const command: Command = {
  usage: "roar",
  options: [],
  run: ({ out }) => {
    out.print(BEAST);
    return 0;
  },
};
