import { readFileSync } from 'node:fs';
import * as ts from 'typescript';

/**
 * What jsii refuses, or other languages cannot write, in the exported signatures of a source file; with `needsDefaults`
 * also optional fields that do not say what they are when not given.
 */
export function offencesIn(path: string, { needsDefaults }: { needsDefaults: boolean }): string[] {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true);
  return file.statements.filter(isExported).flatMap((node) => offences(node, needsDefaults));
}

const isExported = (node: ts.Node) =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

function offences(node: ts.Node, needsDefaults: boolean): string[] {
  const isHidden = ts.getJSDocTags(node).some((tag) => tag.tagName.text === 'internal');
  const flags = ts.canHaveModifiers(node) ? ts.getCombinedModifierFlags(node as ts.Declaration) : 0;
  if (isHidden || (flags & ts.ModifierFlags.Private) !== 0 || ts.isBlock(node)) return [];
  const generic = 'typeParameters' in node && node.typeParameters !== undefined;
  const union = ts.isUnionTypeNode(node) && node.types.every((type) => type.kind !== ts.SyntaxKind.UndefinedKeyword);
  const clever = ts.isMappedTypeNode(node) || ts.isConditionalTypeNode(node) || ts.isTypeAliasDeclaration(node);
  const writable = ts.isPropertySignature(node) && (flags & ts.ModifierFlags.Readonly) === 0;
  const undecided =
    needsDefaults &&
    ts.isPropertySignature(node) &&
    node.questionToken !== undefined &&
    !ts.getJSDocTags(node).some((tag) => tag.tagName.text === 'default');
  const own =
    generic || union || clever || writable || undecided ? [`${ts.SyntaxKind[node.kind]}: ${node.getText()}`] : [];
  const inner: string[] = [];
  ts.forEachChild(node, (child) => {
    const initializer = 'initializer' in node && node.initializer === child;
    if (!initializer) inner.push(...offences(child, needsDefaults));
  });
  return [...own, ...inner];
}
