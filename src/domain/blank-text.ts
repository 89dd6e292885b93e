/** Whether nothing of a text can be seen: it is empty, or made of white space and of characters that show nothing. */
export function isBlank(text: string): boolean {
  return text.replace(/[\s\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu, '') === '';
}
