/** Of a key: it decides in any role, as whoever is at the terminal does. No role is called that. */
export const anyRole = '*';

/** Whether these roles have that one among them. */
export function hasRole(roles: readonly string[], role: string): boolean {
  return roles.includes(role) || roles.includes(anyRole);
}
