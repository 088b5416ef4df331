"use strict";
// Airflow shows a plugin's tab on the runs of every DAG. This hides the tab on the runs of DAGs that are not Copydesk's.
{
  const REFRESH_MILLISECONDS = 60_000;
  const style = document.createElement("style");
  const hideOtherTabs = async () => {
    const answer = await fetch(new URL("dags.json", import.meta.url));
    if (answer.ok) {
      const { dag_ids: dagIds } = await answer.json();
      const others = dagIds.map((dagId) => `:not([href*=${JSON.stringify(`/dags/${encodeURIComponent(dagId)}/`)}])`);
      style.textContent = `a[href*="/plugin/copydesk-run"]${others.join("")} { display: none }`;
      document.head.append(style);
    }
  };
  hideOtherTabs();
  setInterval(() => document.hidden || hideOtherTabs(), REFRESH_MILLISECONDS);
  globalThis.AirflowPlugin = () => null;
}
