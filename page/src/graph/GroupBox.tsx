import type { NodeProps } from "@xyflow/react";
import { memo } from "react";
import { counted, nameParts } from "../format";
import { KindMark } from "../parts/Marks";
import type { GroupNode } from "./drawing";

/** A schema in the picture whose objects are folded into one box. */
export const GroupBox = memo(function GroupBox({ data }: NodeProps<GroupNode>) {
  const { group, act } = data;
  const { before, last } = nameParts(group.key);
  const classes = ["box", "group", data.chosen && "chosen", data.dim && "dim"];
  return (
    <div className={classes.filter(Boolean).join(" ")}>
      <div className="head">
        <KindMark kind="SCHEMA" />
        <button type="button" className="name" title={group.key} aria-pressed={data.chosen} onClick={() => act.choose(group.key)}>
          <span className="before">{before && `${before} · `}{counted(group.objects.length, "object")}</span>
          <span className="last">{last}</span>
        </button>
        <button type="button" className="opener" aria-expanded="false" aria-label={`Unfold ${group.key}`} onClick={() => act.unfold(group.key)}>▸</button>
      </div>
    </div>
  );
});
