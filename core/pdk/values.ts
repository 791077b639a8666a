/** Rows of the table that are values, not functions: the facade defines them, nobody can call them. */
export function none(): null {
  return null;
}
