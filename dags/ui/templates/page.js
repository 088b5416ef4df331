"use strict";
// Follow the theme and the time zone that Airflow's UI is set to, and open links outside of the frame.
(() => {
  const root = document.documentElement;
  const systemTheme = matchMedia("(prefers-color-scheme: dark)");

  const read = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };

  const applyTheme = () => {
    const theme = read("theme");
    const system = systemTheme.matches ? "dark" : "light";
    root.dataset.theme = theme === "dark" || theme === "light" ? theme : system;
  };

  const getZone = () => {
    const stored = read("timezone");
    try {
      const zone = stored === null ? Intl.DateTimeFormat().resolvedOptions().timeZone : JSON.parse(stored);
      new Intl.DateTimeFormat("en", { timeZone: zone });
      return zone;
    } catch {
      return "UTC";
    }
  };

  const applyZone = () => {
    const zone = getZone();
    const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
    let start = "";
    for (const element of document.querySelectorAll("time[datetime]")) {
      const moment = new Date(element.dateTime);
      const text = format.format(moment);
      // The end of a window has its date only if it is on another day than the start.
      const isSameDay = start.slice(0, 10) === format.format(moment.getTime() - 1).slice(0, 10);
      element.textContent = "end" in element.dataset && isSameDay ? text.slice(11) : text;
      element.title = `${element.dateTime.replace("T", " ").replace("Z", "")} UTC`;
      start = text;
    }
    for (const element of document.querySelectorAll("[data-zone]")) {
      element.textContent = zone.replaceAll("_", " ");
    }
  };

  // The frame may neither open windows nor leave itself, but a link in the page around it may.
  const openOutside = (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[target]") : null;
    if (link === null || window.parent === window || event.defaultPrevented) {
      return;
    }
    event.preventDefault();
    const copy = window.parent.document.createElement("a");
    copy.href = link.href;
    copy.rel = link.rel;
    copy.target = link.target === "_top" && !event.ctrlKey && !event.metaKey ? "_self" : "_blank";
    copy.click();
  };

  applyTheme();
  systemTheme.addEventListener("change", applyTheme);
  addEventListener("storage", () => {
    applyTheme();
    applyZone();
  });
  document.addEventListener("DOMContentLoaded", applyZone);
  document.addEventListener("click", openOutside);
})();
