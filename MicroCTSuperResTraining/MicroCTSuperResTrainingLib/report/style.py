"""How the report looks: on a screen, on a telephone and on paper."""

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem 1.25rem 3rem; background: #fff; color: #1a1a1a;
  font: 1rem/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 0.6rem; border-bottom: 1px solid #ccc; padding-bottom: 0.2rem; }
h3 { font-size: 1.05rem; margin: 1.4rem 0 0.4rem; }
p, ul, ol { margin: 0.5rem 0; }
li { margin: 0.2rem 0; }
p, li, td, th, figcaption { unicode-bidi: isolate; }
a { color: #0b57a4; }
nav { font-size: 0.9rem; }
nav a { margin-right: 0.9rem; display: inline-block; padding: 0.15rem 0; }
.about, .note, figcaption { color: #444; font-size: 0.88rem; }
.simulated, .failed { border-left: 0.4rem solid #b35900; background: #fff4e5; padding: 0.6rem 0.9rem; margin: 1rem 0; }
.failed { border-color: #a8002a; background: #fdeef1; }
figure { margin: 1.2rem 0; }
figure img { display: block; max-width: 100%; height: auto; }
.drawing { overflow-x: auto; }
.scroll { overflow-x: auto; margin: 1rem 0 0.3rem; }
table { border-collapse: collapse; font-size: 0.85rem; line-height: 1.35; font-variant-numeric: tabular-nums;
  overflow-wrap: normal; }
caption { text-align: left; font-weight: 600; padding-bottom: 0.3rem; }
th, td { padding: 0.25rem 0.6rem 0.25rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #e2e2e2; }
thead th { border-bottom: 1.5px solid #666; }
tbody th { font-weight: 400; }
td, tbody th { min-width: 4rem; }
.ci { display: block; color: #444; font-size: 0.92em; white-space: nowrap; }
.number { white-space: nowrap; }
.hash { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 0.85em; overflow-wrap: anywhere; }
@media (max-width: 30rem) {
  body { padding: 0.5rem 0.75rem 2rem; } h1 { font-size: 1.3rem; }
  .drawing img { max-width: none; width: 38rem; }
}
@page { size: A4; margin: 14mm 12mm; }
@media print {
  html { font-size: 9.5pt; }
  body { max-width: none; padding: 0; }
  nav { display: none; }
  h1 { font-size: 15pt; } h2 { font-size: 12pt; } h3 { font-size: 10.5pt; }
  h2, h3, caption { break-after: avoid; }
  figure, tr, .simulated, .failed { break-inside: avoid; }
  figure img { max-height: 225mm; margin: 0 auto; }
  .scroll, .drawing { overflow: visible; }
  table { font-size: 7pt; width: 100%; overflow-wrap: anywhere; }
  thead { display: table-header-group; }
  td:not(.number), tbody th { min-width: 5em; }
  td.number { min-width: 0; }
  .ci { white-space: normal; overflow-wrap: normal; }
  th, td { padding: 0.15rem 0.35rem 0.15rem 0; }
  * { print-color-adjust: exact; }
}
"""
