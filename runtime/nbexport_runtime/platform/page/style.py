"""How the page looks: on a desk, on a phone and on paper; no font, image or script is fetched."""

CSS = """
:root { --ink: #1a1a1a; --soft: #595959; --line: #d9d9d9; --act: #b3261e; --look: #8a5a00; --good: #1b6e3c;
        --paper: #ffffff; --tint: #f6f7f9; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink);
       font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main, header, footer { max-width: 72rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1.5rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 0 0 .4rem; }
h3 { font-size: 1rem; margin: 1rem 0 .2rem; overflow-wrap: anywhere; }
p { margin: .3rem 0; }
.soft { color: var(--soft); }
.headline { font-size: 1.15rem; margin: .5rem 0 1rem; max-width: 50rem; }
.attention { border: 1px solid var(--line); border-left: .4rem solid var(--look); border-radius: .4rem;
             padding: .8rem 1rem; margin: 1rem 0; }
.attention.act { border-left-color: var(--act); }
.attention.good { border-left-color: var(--good); }
.attention ol { margin: .3rem 0 0; padding-left: 1.3rem; }
.attention li { margin: .4rem 0; }
.word { font-weight: 700; }
.word.act { color: var(--act); } .word.look { color: var(--look); } .word.good { color: var(--good); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .6rem; margin: 1rem 0; }
.tile { background: var(--tint); border-radius: .4rem; padding: .6rem .8rem; min-width: 0; }
.tile b { display: block; font-size: 1.45rem; line-height: 1.25; font-variant-numeric: tabular-nums;
          overflow-wrap: anywhere; }
.tile b.long { font-size: 1rem; line-height: 1.4; }
.tile span { color: var(--soft); font-size: .85rem; display: block; }
.parts { columns: 27rem 2; column-gap: 2rem; margin: 1.2rem 0; }
section { border-top: 2px solid var(--ink); padding: .6rem 0 1.2rem; break-inside: avoid; }
svg { max-width: 100%; height: auto; display: block; margin: .4rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--soft); }
td.number, th.number { text-align: right; white-space: nowrap; }
td.time { white-space: nowrap; }
code { font: .9em ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; background: var(--tint);
       padding: .1em .3em; border-radius: .2em; overflow-wrap: anywhere; }
.empty { background: var(--tint); border-radius: .4rem; padding: .6rem .8rem; }
footer { color: var(--soft); font-size: .85rem; padding-bottom: 2rem; }
@media print {
  body { font-size: 10pt; }
  main, header, footer { max-width: none; padding: 0; }
  .parts { columns: 2; column-gap: 1.2rem; }
  section { padding-bottom: .8rem; }
  .tile, code, .empty { background: none; border: 1px solid var(--line); }
  a { color: inherit; text-decoration: none; }
}
"""
