// The style of the HTML page: one column, system fonts, colours of the reader's light or dark.
#pragma once

namespace tenon::shadow {

inline constexpr const char* kPageStyle = R"css(
:root { color-scheme: light dark; --paper: #f7f7f5; --card: #ffffff; --ink: #1c1e21; --soft: #646a73;
  --line: #e3e3df; --accent: #3454d1; --good: #1b7f4d; --good-paper: #e5f4ec; --bad: #b3261e;
  --bad-paper: #fbe9e7; --some: #9a6200; --was: #fdf0ef; --was-mark: #f6bdb8; --is: #edf7f1;
  --is-mark: #a9dcc0; }
@media (prefers-color-scheme: dark) { :root { --paper: #14161a; --card: #1d2025; --ink: #e7e8ea;
  --soft: #9aa1ab; --line: #2e3239; --accent: #8ea6ff; --good: #6fd19d; --good-paper: #17352a;
  --bad: #ff9a90; --bad-paper: #41201e; --some: #f0be62; --was: #2d1f1f; --was-mark: #7a3833;
  --is: #1a2b23; --is-mark: #2c6a4a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
code, pre { font-family: ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono",
  "DejaVu Sans Mono", monospace; font-size: .86em; }
.over { margin: 0; color: var(--soft); font-size: .8rem; letter-spacing: .08em;
  text-transform: uppercase; }
h1 { margin: .1rem 0 .9rem; font-size: 1.9rem; line-height: 1.2; letter-spacing: -.015em;
  overflow-wrap: anywhere; }
h1 i { color: var(--soft); font-style: normal; font-weight: 400; }
h2 { margin: 2.4rem 0 .8rem; font-size: 1.05rem; }
.verdict { display: inline-block; margin: 0 0 1.6rem; padding: .3rem .8rem; border-radius: 2rem;
  font-weight: 600; }
.verdict::first-letter { text-transform: uppercase; }
.verdict.good, .chip.good { color: var(--good); background: var(--good-paper); }
.verdict.bad, .chip.bad { color: var(--bad); background: var(--bad-paper); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; }
.tile { padding: .8rem 1rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .7rem; }
.tile b { display: block; font-size: 1.55rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: .82rem; }
.tile.some b { color: var(--some); } .tile.bad b { color: var(--bad); }
.tile.good b { color: var(--good); }
.share { display: flex; height: .45rem; margin-top: .9rem; overflow: hidden; border-radius: 1rem;
  background: var(--line); }
.share i { display: block; height: 100%; } .share .same { background: var(--good); opacity: .55; }
.share .differs { background: var(--some); } .share .away { background: var(--bad); }
.card { margin: 0 0 .9rem; padding: 1rem 1.1rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .7rem; }
.card.open { border-left: .25rem solid var(--bad); }
.card.meant { border-left: .25rem solid var(--good); }
.card header, summary, .line { display: flex; flex-wrap: wrap; gap: .3rem .7rem;
  align-items: baseline; }
.place { font-size: 1rem; font-weight: 600; overflow-wrap: anywhere; }
.action { color: var(--soft); font-size: .85rem; } .why { color: var(--soft); font-size: .85rem; }
.count { margin-left: auto; color: var(--soft); font-size: .85rem; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
.line .count { margin-left: 0; }
.bar { height: .25rem; margin: .55rem 0 .2rem; border-radius: 1rem; background: var(--line); }
.bar i { display: block; height: 100%; border-radius: 1rem; background: var(--accent); }
.kind { margin-top: .8rem; } .kind + .kind { padding-top: .8rem; border-top: 1px solid var(--line); }
.chip { padding: .05rem .55rem; border-radius: 1rem; font-size: .78rem; font-weight: 600; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .6rem; margin-top: .5rem; }
@media (max-width: 40rem) { .pair { grid-template-columns: 1fr; } }
.side { min-width: 0; padding: .5rem .7rem .6rem; border-radius: .5rem; }
.side > span:first-child { display: block; color: var(--soft); font-size: .75rem; }
.side code { overflow-wrap: anywhere; white-space: pre-wrap; }
.side pre { margin: .2rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.was { background: var(--was); } .is { background: var(--is); }
mark { color: inherit; border-radius: .2rem; } .was mark { background: var(--was-mark); }
.is mark { background: var(--is-mark); }
.none { color: var(--soft); font-style: italic; }
.call { margin-top: .4rem; color: var(--soft); font-size: .8rem; overflow-wrap: anywhere; }
summary { cursor: pointer; } summary::before { content: "▸"; color: var(--soft); }
details[open] summary::before { content: "▾"; } details p { margin: .7rem 0 0; color: var(--soft); }
.quiet { color: var(--soft); } .notes { margin: 0; padding-left: 1.2rem; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line);
  color: var(--soft); font-size: .8rem; overflow-wrap: anywhere; }
@media print { body { background: none; } .card { break-inside: avoid; } }
)css";

}  // namespace tenon::shadow
