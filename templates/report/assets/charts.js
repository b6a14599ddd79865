// Bar charts per day, drawn by uPlot from the JSON beside them, in the colours of the page's palette.
"use strict";

(() => {
  const HEIGHT = 220;
  // Steps of the axis of days; a part of a day would name the same day twice.
  const DAYS = [1, 2, 7, 14, 28, 56, 112];
  const drawn = [];

  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const axis = (more) => ({
    stroke: color("--quiet"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { stroke: color("--line"), width: 1 },
    font: "12px system-ui, sans-serif",
    ...more,
  });

  const draw = (place) => {
    const values = place.parentElement.values || JSON.parse(place.parentElement.querySelector("script").textContent);
    const names = Object.keys(values.series);
    const colors = [color("--first"), color("--second"), color("--third")];
    const highest = Math.max(1, ...names.flatMap((name) => values.series[name]));
    const data = [values.days.map((day) => Date.parse(`${day}T00:00:00Z`) / 1000), ...names.map((name) => values.series[name])];
    // Further series are lines with marks, one dashed and one whole, so that all are told apart without colour.
    const series = names.map((name, index) => index === 0
      ? { label: name, stroke: colors[0], fill: colors[0], width: 0, paths: uPlot.paths.bars({ size: [0.7, 40] }), points: { show: false } }
      : { label: name, stroke: colors[index], width: 2, dash: index === 1 ? [6, 4] : [], points: { show: true, size: 6, fill: index === 1 ? colors[1] : color("--card") } });
    place.replaceChildren();
    return new uPlot({
      width: place.clientWidth,
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      // Half a day on both sides, so that the first and the last bar are whole.
      scales: { x: { range: (_, first, last) => [first - 43200, last + 43200] }, y: { range: [0, highest * 1.1] } },
      cursor: { drag: { x: false, y: false } },
      axes: [
        axis({ incrs: DAYS.map((days) => days * 86400), values: (_, ticks) => ticks.map((tick) => new Date(tick * 1000).toISOString().slice(5, 10)) }),
        axis({ size: 36, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000] }),
      ],
      series: [{ label: "Day", value: (_, tick) => tick === null ? "–" : new Date(tick * 1000).toISOString().slice(0, 10) }, ...series],
    }, data, place);
  };

  const drawAll = () => {
    drawn.splice(0).forEach((chart) => chart.destroy());
    drawn.push(...[...document.querySelectorAll(".plot")].map(draw));
  };

  const resize = () => drawn.forEach((chart) => {
    const width = chart.root.parentElement.clientWidth;
    if (width !== chart.width) chart.setSize({ width, height: HEIGHT });
  });

  // Who shows other days than those of the page says so by an event on the figure.
  for (const figure of document.querySelectorAll("figure.chart")) {
    figure.addEventListener("values", (event) => {
      figure.values = event.detail;
      drawAll();
    });
  }
  drawAll();
  addEventListener("resize", resize);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
})();
