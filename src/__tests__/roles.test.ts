import { describe, expect, it } from 'vitest';

import { roleSummary, rolesOf, withRole, withTags } from '../roles';

const KNOWN = ['parameters', 'data', 'train'];

describe('rolesOf', () => {
  it('reads plain and prefixed tags, in the order of the known roles', () => {
    expect(rolesOf(['nbexport:train', 'other', 'data'], KNOWN)).toEqual(['data', 'train']);
  });

  it('names a role once that is tagged in both ways', () => {
    expect(rolesOf(['data', 'nbexport:data'], KNOWN)).toEqual(['data']);
  });

  it('does not take a longer word or another prefix for a role', () => {
    expect(rolesOf(['database', 'papermill:data', 'Data'], KNOWN)).toEqual([]);
  });

  it.each([[undefined], [null], ['data'], [{ data: true }], [[1, null]]])('finds none in the metadata %j', tags => {
    expect(rolesOf(tags, KNOWN)).toEqual([]);
  });
});

describe('withRole', () => {
  it('adds a role after the tags that are there', () => {
    expect(withRole(['mine'], 'data', true)).toEqual(['mine', 'data']);
  });

  it('does not add a role twice, and prefers the plain word', () => {
    expect(withRole(['nbexport:data', 'mine'], 'data', true)).toEqual(['mine', 'data']);
  });

  it('removes a role in both spellings, and nothing else', () => {
    expect(withRole(['data', 'mine', 'nbexport:data', 'train'], 'data', false)).toEqual(['mine', 'train']);
  });

  it('begins a list where the cell has no tags', () => {
    expect(withRole(undefined, 'data', true)).toEqual(['data']);
    expect(withRole(undefined, 'data', false)).toEqual([]);
  });
});

describe('withTags', () => {
  it('adds what is missing, and keeps the order', () => {
    expect(withTags(['b', 'a'], ['a', 'c'])).toEqual(['b', 'a', 'c']);
  });

  it('does not change the list that it was given', () => {
    const tags = ['a'];
    withTags(tags, ['b']);
    expect(tags).toEqual(['a']);
  });
});

describe('roleSummary', () => {
  it('has no backticks', () => {
    expect(roleSummary({ summary: 'fills a dict `metrics`' })).toBe('fills a dict metrics');
  });
});
