import { hrefWith, Link, type Place } from "../routing";

/** Parts of a page that are links: each has an address. */
export function Tabs({ place, name, tabs, current, label }: {
  place: Place; name: string; tabs: readonly (readonly [string, string])[]; current: string; label: string;
}) {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(([key, title]) => (
        <Link key={key} href={hrefWith(place, { [name]: key, cursor: null })} aria-current={key === current ? "page" : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  );
}
