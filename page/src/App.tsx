import { lazy, Suspense, type ReactNode } from "react";
import { CostsPage } from "./pages/CostsPage";
import { HealthPage } from "./pages/HealthPage";
import { ImpactPage } from "./pages/ImpactPage";
import { ObjectPage } from "./pages/ObjectPage";
import { ObjectsPage } from "./pages/ObjectsPage";
import { OverviewPage } from "./pages/OverviewPage";
import { QueriesPage } from "./pages/QueriesPage";
import { QueryPage } from "./pages/QueryPage";
import { SyncPage } from "./pages/SyncPage";
import { Empty, Loading } from "./parts/Answered";
import { overviewAt } from "./places";
import { Link, subjectOf, usePlace } from "./routing";
import { Shell } from "./shell/Shell";

const GraphPage = lazy(() => import("./graph/GraphPage"));

const PAGES: Record<string, { title: string; page: ReactNode }> = {
  "/": { title: "Overview", page: <OverviewPage /> },
  "/queries": { title: "Queries", page: <QueriesPage /> },
  "/query": { title: "Query", page: <QueryPage /> },
  "/objects": { title: "Objects", page: <ObjectsPage /> },
  "/object": { title: "Object", page: <ObjectPage /> },
  "/graph": { title: "Lineage", page: <GraphPage /> },
  "/impact": { title: "Impact", page: <ImpactPage /> },
  "/costs": { title: "Costs", page: <CostsPage /> },
  "/sync": { title: "Sync", page: <SyncPage /> },
  "/health": { title: "Health", page: <HealthPage /> },
};

export function App() {
  const { path, params } = usePlace();
  const found = PAGES[path];
  const subject = subjectOf(params);
  return (
    <Shell path={path} title={[subject, found?.title ?? "Not found"].filter(Boolean).join(" · ")}>
      {/* What is known of one thing is never shown under the name of another, however late the answer comes. */}
      <Suspense key={`${path} ${subject}`} fallback={<Loading what="the page" />}>{found?.page ?? <NotFound />}</Suspense>
    </Shell>
  );
}

function NotFound() {
  return (
    <>
      <h1>Not found</h1>
      <Empty>
        There is nothing at this address. <Link href={overviewAt()}>Go to the overview</Link>, or search above.
      </Empty>
    </>
  );
}
