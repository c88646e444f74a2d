/** What the help of several commands has in common. */

/** What stands behind a command's options: its examples, and what a PLACE is. */
export function placesHelp(examples: string): string {
  return `
A PLACE is a file or a directory in some tree, quoted for the shell:
  'tcp://host:port/path'  'tls://host/path'  'ws://host/path'  a 9P server (port 564 if none is given)
  'unix:///socket#/path'  'exec:command#/path'  'ssh://host/DIR#/path'
  /path                                                        one of the current namespace (see ns mount)
  x  ./x  ../x  file:/x                                        a file of this machine

Examples:
${examples}`;
}
